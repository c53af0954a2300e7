import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'

export default function EventsList() {
  const { t } = useTranslation()
  return <EmptyState title={t('workbench.events')} hint={t('app.coming')} />
}
