import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { encode } from 'uqr'
import { addressOf, engine } from '../../app/engine-client.ts'
import { formatDigest } from '../../app/format.ts'
import { saveFile } from '../../app/files.ts'
import { shareToggled } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import { Dialog } from '../shell/Dialog.tsx'
import s from './share-dialog.module.css'

/** Longer links than this are cut by some programs. */
const LONG_LINK = 8000
/** Above this a QR code can no longer be read off a screen. */
const LONGEST_QR = 1200

/** The recording as a link, a file and an iframe. */
export default function ShareDialog() {
  const { t } = useTranslation('panels')
  const digest = useWorld((world) => world.digest)
  /** Undefined: not there yet; null: the recording is too large for one. */
  const [link, setLink] = useState<string | null>()
  const [copied, setCopied] = useState('')
  useEffect(() => {
    void engine()
      .share()
      .then((payload) => setLink(payload === undefined ? null : addressOf(`v1.${payload}`)))
  }, [])
  const copy = (what: string, text: string): void => void navigator.clipboard.writeText(text).then(() => setCopied(what))
  const save = async (): Promise<void> => saveFile('clusterlab-recording.yaml', await engine().exportFile())
  const frame = `<iframe src="${link}" width="1200" height="760" title="Clusterlab"></iframe>`
  return (
    <Dialog title={t('share.title')} onClose={() => shareToggled(false)}>
      <div className={s.share}>
        <p>{t('share.text', { digest: formatDigest(digest) })}</p>
        {link === null ? (
          <p className={s.long}>{t('share.tooLarge')}</p>
        ) : (
          <label>
            {t('share.link')}
            <textarea readOnly rows={3} value={link ?? ''} onFocus={(event) => event.target.select()} />
          </label>
        )}
        {link && link.length > LONG_LINK && <p className={s.long}>{t('share.long', { length: link.length })}</p>}
        <div className={s.actions}>
          <button type="button" className="button primary" disabled={!link} onClick={() => link && copy('link', link)}>
            {t(copied === 'link' ? 'share.copied' : 'share.copyLink')}
          </button>
          <button type="button" className="button" onClick={() => void save()}>
            {t('share.file')}
          </button>
          <button type="button" className="button" disabled={!link} onClick={() => copy('frame', frame)}>
            {t(copied === 'frame' ? 'share.copied' : 'share.copyEmbed')}
          </button>
        </div>
        {link && link.length <= LONGEST_QR && <QrCode text={link} label={t('share.qr')} />}
      </div>
    </Dialog>
  )
}

function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { data, size } = encode(text, { border: 2 })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg className={s.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
