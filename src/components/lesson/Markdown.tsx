import type { ReactNode } from 'react'

/** Bold and code within a line; everything else is text, so nothing from a link can be more than text. */
function inline(text: string): readonly ReactNode[] {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/g).map((part, index) => {
    const key = `${index}`
    if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
    return part
  })
}

/** The subset of Markdown that scenario texts use: paragraphs, bold, code. */
export const Markdown = ({ text }: { readonly text: string }) => (
  <>
    {text.split(/\n\s*\n/).map((paragraph, index) => (
      // Paragraphs have no name of their own, and their order never changes.
      // oxlint-disable-next-line react/no-array-index-key
      <p key={index}>{inline(paragraph.replaceAll('\n', ' '))}</p>
    ))}
  </>
)
