import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'

export default function Terminal() {
  const { t } = useTranslation()
  return <EmptyState title={t('workbench.terminal')} hint={t('app.coming')} />
}
