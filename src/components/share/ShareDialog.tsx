import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { engine } from '../../app/engine-client.ts'
import { shareToggled } from '../../app/view-store.ts'
import { Dialog } from '../shell/Dialog.tsx'

export default function ShareDialog() {
  const { t } = useTranslation()
  const [link, setLink] = useState('')
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    void engine()
      .share()
      .then((payload) => setLink(`${location.href.split('#')[0] ?? ''}#v1.${payload}`))
  }, [])
  return (
    <Dialog title={t('share.title')} onClose={() => shareToggled(false)}>
      <p>{t('share.text')}</p>
      <textarea readOnly rows={3} value={link} aria-label={t('share.title')} style={{ width: '100%', margin: '10px 0' }} />
      <button
        type="button"
        className="button primary"
        disabled={link === ''}
        onClick={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}
      >
        {copied ? t('share.copied') : t('share.copy')}
      </button>
    </Dialog>
  )
}
