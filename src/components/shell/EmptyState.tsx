import type { ReactNode } from 'react'
import { cx } from '../../app/class-names.ts'
import s from './empty-state.module.css'

interface Props {
  readonly title: string
  readonly hint?: string | undefined
  readonly busy?: boolean
  /** What to do next. */
  readonly children?: ReactNode
}

/** A place with nothing in it yet says what belongs there and how to get it. */
export const EmptyState = ({ title, hint, busy, children }: Props) => (
  <div className={cx(s.empty, busy && s.busy)} aria-busy={busy}>
    <p className={s.title}>{title}</p>
    {hint !== undefined && <p className={s.hint}>{hint}</p>}
    {children}
  </div>
)
