import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'

export default function TrafficChart() {
  const { t } = useTranslation()
  return <EmptyState title={t('workbench.traffic')} hint={t('app.coming')} />
}
