import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { openSource } from '../../app/engine-client.ts'
import { workbenchToggled } from '../../app/view-store.ts'
import { worldStore } from '../../app/world-store.ts'
import { NewClusterButton } from '../new-cluster/NewClusterButton.tsx'
import { Workspace } from './Workspace.tsx'

/** Everything unlocked. A run that is open already goes on; else the default cluster opens. */
export default function SandboxPage() {
  useEffect(() => {
    workbenchToggled(true)
    if (!worldStore.getState().main.loaded) void openSource({ type: 'default' })
  }, [])
  const { t } = useTranslation()
  return (
    <>
      <h1 className="hidden">{t('app.sandbox')}</h1>
      <Workspace inspectorStays actions={<NewClusterButton />} />
    </>
  )
}
