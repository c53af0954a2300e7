import { useTranslation } from 'react-i18next'
import { EmptyState } from '../shell/EmptyState.tsx'

export default function Editor() {
  const { t } = useTranslation()
  return <EmptyState title={t('workbench.editor')} hint={t('app.coming')} />
}
