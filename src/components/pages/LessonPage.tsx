import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { OpenResult } from '../../engine/protocol.ts'
import { openSource } from '../../app/engine-client.ts'
import { selected, workbenchToggled } from '../../app/view-store.ts'
import { isHere, lessonNamed, type Lesson } from '../home/curriculum.ts'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import { Workspace } from './Workspace.tsx'

const LessonPanel = lazy(() => import('../lesson/LessonPanel.tsx'))

export default function LessonPage({ name }: { readonly name: string }) {
  const { t } = useTranslation()
  const lesson = lessonNamed(name)
  if (!lesson || !isHere(lesson))
    return (
      <EmptyState title={t('lesson.missing')} hint={t('lesson.missingHint')}>
        <Link href="/sandbox" className="button primary">
          {t('home.openSandbox')}
        </Link>
      </EmptyState>
    )
  return <Opened key={name} lesson={lesson} />
}

function Opened({ lesson }: { readonly lesson: Lesson }) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<OpenResult>()
  useEffect(() => {
    let left = false
    selected(undefined)
    workbenchToggled(false)
    void openSource({ type: 'builtin', name: lesson.name }, { again: true }).then((result) => {
      if (!left) setOpened(result)
      return undefined
    })
    return () => {
      left = true
    }
  }, [lesson])
  return (
    <Workspace
      inspectorStays={false}
      aside={{
        title: t('lesson.title'),
        content: (
          <Boundary>
            <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
              <LessonPanel lesson={lesson} opened={opened} />
            </Suspense>
          </Boundary>
        ),
      }}
    />
  )
}
