import { Columns2, Pause, Play, Share2, SkipBack, SkipForward, StepBack, StepForward } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { cx } from '../../app/class-names.ts'
import { formatClock, formatDigest, formatSpeed } from '../../app/format.ts'
import { rewind, setSpeed, stepBack, stepEvent, stepTick, togglePlaying } from '../../app/time-control.ts'
import { announced, shareToggled } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import { SPEEDS } from './timeline.layout.ts'
import { Timeline } from './Timeline.tsx'
import s from './transport.module.css'

/** The controls of time. */
export function Transport({ comparable = true }: { readonly comparable?: boolean }) {
  const { t } = useTranslation()
  return (
    <footer className={s.transport} aria-label={t('transport.title')}>
      <Buttons />
      <Timeline />
      <Clock />
      <Seed />
      {comparable && <Compare />}
      <button
        type="button"
        className={cx('button primary', s.share)}
        onClick={() => shareToggled(true)}
        aria-label={t('transport.share')}
      >
        <Share2 size={16} aria-hidden="true" />
        <span>{t('transport.share')}</span>
      </button>
    </footer>
  )
}

function Buttons() {
  const { t } = useTranslation()
  const playing = useWorld((world) => world.playing)
  const speed = useWorld((world) => world.speed)
  const atStart = useWorld((world) => world.now === 0)
  const loaded = useWorld((world) => world.loaded)
  const label = playing ? t('transport.pause') : t('transport.play')
  const speeds = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((a, b) => a - b)
  return (
    <div className={s.buttons}>
      <button
        type="button"
        className={cx('iconButton', s.wide)}
        disabled={!loaded || atStart}
        title={t('transport.rewind')}
        aria-label={t('transport.rewind')}
        onClick={() => void rewind()}
      >
        <SkipBack size={18} />
      </button>
      <button
        type="button"
        className={cx('iconButton', s.wide)}
        disabled={!loaded || atStart}
        title={t('transport.back')}
        aria-label={t('transport.back')}
        onClick={() => void stepBack()}
      >
        <StepBack size={18} />
      </button>
      <button
        type="button"
        className={s.play}
        disabled={!loaded}
        title={label}
        aria-label={label}
        onClick={() => {
          void togglePlaying()
          announced(label)
        }}
      >
        {playing ? <Pause size={20} fill="currentColor" /> : <Play size={20} fill="currentColor" />}
      </button>
      <button
        type="button"
        className="iconButton"
        disabled={!loaded}
        title={t('transport.step')}
        aria-label={t('transport.step')}
        onClick={() => void stepTick()}
      >
        <StepForward size={18} />
      </button>
      <button
        type="button"
        className="iconButton"
        disabled={!loaded}
        title={t('transport.next')}
        aria-label={t('transport.next')}
        onClick={() => void stepEvent()}
      >
        <SkipForward size={18} />
      </button>
      <select
        className={cx('select mono', s.speed)}
        aria-label={t('transport.speed')}
        title={t('transport.speed')}
        value={speed}
        onChange={(event) => void setSpeed(Number(event.target.value))}
      >
        {speeds.map((each) => (
          <option key={each} value={each}>
            {formatSpeed(each)}
          </option>
        ))}
      </select>
    </div>
  )
}

function Clock() {
  const now = useWorld((world) => world.now)
  return <span className={cx('mono', s.clock)}>{formatClock(now)}</span>
}

/** Seed and digest: the identity of this run, to compare and to copy. */
function Seed() {
  const { t } = useTranslation()
  const seed = useWorld((world) => world.seed)
  const digest = useWorld((world) => world.digest)
  const tick = useWorld((world) => world.tick)
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      className={cx('mono', s.seed)}
      title={t('transport.seedHint')}
      onClick={() => {
        void navigator.clipboard.writeText(`seed ${seed} tick ${tick} digest ${digest}`).then(() => {
          setCopied(true)
          announced(t('transport.copied'))
          setTimeout(() => setCopied(false), 1500)
          return undefined
        })
      }}
    >
      {copied ? t('transport.copied') : `${t('transport.seed')} ${seed} · ${formatDigest(digest)}`}
    </button>
  )
}

function Compare() {
  const { t } = useTranslation()
  const [, navigate] = useLocation()
  return (
    <button
      type="button"
      className={cx('button', s.compare)}
      onClick={() => navigate('/compare')}
      aria-label={t('transport.compare')}
    >
      <Columns2 size={16} aria-hidden="true" />
      <span>{t('transport.compare')}</span>
    </button>
  )
}
