import { SquarePlus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

const NewClusterDialog = lazy(() => import('./NewClusterDialog.tsx'))

/** Asks for a new cluster in place of the one that runs. */
export function NewClusterButton() {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button
        type="button"
        className="iconButton"
        aria-haspopup="dialog"
        aria-label={t('stage.newCluster')}
        title={t('stage.newCluster')}
        onClick={() => setAsking(true)}
      >
        <SquarePlus size={16} />
      </button>
      {asking && (
        <Suspense fallback={null}>
          <NewClusterDialog onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  )
}
