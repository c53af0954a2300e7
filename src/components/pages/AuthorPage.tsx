import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { openSource } from '../../app/engine-client.ts'
import { worldStore } from '../../app/world-store.ts'
import AuthorPanel from '../author/AuthorPanel.tsx'

/** A scenario file beside what becomes of it, over many seeds; and the attempts that come back. */
export default function AuthorPage() {
  const { t } = useTranslation()
  // The editor asks a cluster what it would say to the manifests.
  useEffect(() => {
    if (!worldStore.getState().main.loaded) void openSource({ type: 'default' })
  }, [])
  return (
    <>
      <h1 className="hidden">{t('author.title')}</h1>
      <AuthorPanel />
    </>
  )
}
