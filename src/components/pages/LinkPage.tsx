import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { openSource, replayed } from '../../app/engine-client.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { Workspace } from './Workspace.tsx'

type Opening = { readonly type: 'opening' } | { readonly type: 'open' } | { readonly type: 'failed'; readonly message: string }

/** A recording that someone sent: replayed in this page, and where it differs that is said. */
export default function LinkPage({ payload }: { readonly payload: string }) {
  const { t } = useTranslation()
  const [state, setState] = useState<Opening>({ type: 'opening' })
  useEffect(() => {
    let left = false
    setState({ type: 'opening' })
    void openSource({ type: 'link', payload }, { again: true }).then((result) => {
      if (left || !result) return undefined
      if (!result.ok) setState({ type: 'failed', message: result.diagnostics.map(({ message }) => message).join('\n') })
      else {
        setState({ type: 'open' })
        replayed(result)
      }
      return undefined
    })
    return () => {
      left = true
    }
    // Opened once for each link, not again for another language.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [payload])
  if (state.type === 'open')
    return (
      <>
        <h1 className="hidden">{t('link.title')}</h1>
        <Workspace inspectorStays />
      </>
    )
  if (state.type === 'opening') return <EmptyState title={t('link.opening')} busy />
  return (
    <EmptyState title={t('link.failed')} hint={state.message}>
      <Link href="/" className="button">
        {t('app.goHome')}
      </Link>
    </EmptyState>
  )
}
