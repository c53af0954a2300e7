import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { toastClosed, useView } from '../../app/view-store.ts'
import s from './toasts.module.css'

/** Short notices, and what only screen readers hear. */
export function Toasts() {
  const { t } = useTranslation()
  const toasts = useView((view) => view.toasts)
  const announcement = useView((view) => view.announcement)
  return (
    <>
      <div className={s.toasts} role="status" aria-live="polite">
        {toasts.map(({ id, tone, text, detail }) => (
          <div key={id} className={cx(s.toast, s[tone])}>
            <div>
              <p>{text}</p>
              {detail !== undefined && detail !== '' && <code>{detail}</code>}
            </div>
            <button type="button" className="iconButton" aria-label={t('app.close')} onClick={() => toastClosed(id)}>
              <X size={15} />
            </button>
          </div>
        ))}
      </div>
      <p className="hidden" aria-live="assertive">
        {announcement}
      </p>
    </>
  )
}
