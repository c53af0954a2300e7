import { useTranslation } from 'react-i18next'
import { helpToggled } from '../../app/view-store.ts'
import { Dialog } from './Dialog.tsx'
import s from './help-dialog.module.css'

export default function HelpDialog() {
  const { t } = useTranslation()
  const keys: readonly (readonly [string, string])[] = [
    ['Space', t('help.space')],
    ['← →', t('help.arrows')],
    ['Shift →', t('help.shiftArrow')],
    ['Home', t('help.home')],
    ['/', t('help.slash')],
    ['F', t('help.find')],
    ['B', t('help.layer')],
    ['T', t('help.tablePicture')],
    ['Shift F10', t('help.menu')],
    ['Esc', t('help.escape')],
    ['?', t('help.question')],
  ]
  return (
    <Dialog title={t('help.title')} onClose={() => helpToggled(false)}>
      <p>{t('help.intro')}</p>
      <dl className={s.keys}>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>{t('legend.area')}</p>
      <p>{t('legend.bars')}</p>
    </Dialog>
  )
}
