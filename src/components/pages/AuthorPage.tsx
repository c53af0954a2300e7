import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { EmptyState } from '../shell/EmptyState.tsx'

export default function AuthorPage() {
  const { t } = useTranslation()
  return (
    <>
      <h1 className="hidden">{t('author.title')}</h1>
      <EmptyState title={t('author.coming')} hint={t('author.hint')}>
        <Link href="/sandbox" className="button primary">
          {t('home.openSandbox')}
        </Link>
      </EmptyState>
    </>
  )
}
