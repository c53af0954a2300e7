import { cx } from '../../app/class-names.ts'
import s from './node-box.module.css'

interface Props {
  readonly label: string
  readonly words: boolean
  /** Shares of what there is; above 1 is overcommitted. */
  readonly requested: number
  readonly used: number
  readonly limits: number
  readonly figure: string
  readonly describe: string
}

const share = (value: number): number => Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0))

/** Requests above, true usage below, a tick where the limits end. */
export const TwinBar = ({ label, words, requested, used, limits, figure, describe }: Props) => (
  <>
    {words && <span>{label}</span>}
    <div className={s.bar} role="img" aria-label={`${label}: ${describe}`} title={`${label}: ${describe}`}>
      <u style={{ transform: `scaleX(${share(requested)})` }} />
      <s className={cx(used > 0.9 && s.hot)} style={{ transform: `scaleX(${share(used)})` }} />
      {limits > 0 && <i className={cx(limits > 1 && s.over)} style={{ left: `calc(${share(limits) * 100}% - 2px)` }} />}
    </div>
    {words && <em>{figure}</em>}
  </>
)
