import { useTranslation } from 'react-i18next'
import type { OpenResult } from '../../engine/protocol.ts'
import { usePreferences } from '../../app/preferences.ts'
import { useWorld } from '../../app/world-store.ts'
import type { Lesson } from '../home/curriculum.ts'
import { EmptyState } from '../shell/EmptyState.tsx'

export interface LessonPanelProps {
  readonly lesson: Lesson
  /** What opening its scenario said; undefined while it opens. */
  readonly opened: OpenResult | undefined
}

export default function LessonPanel({ lesson, opened }: LessonPanelProps) {
  const { t } = useTranslation()
  const language = usePreferences((preferences) => preferences.language)
  const goals = useWorld((world) => world.goals)
  if (opened && !opened.ok) return <EmptyState title={t('lesson.missing')} hint={opened.diagnostics[0]?.message} />
  return (
    <>
      <h1>{lesson.title[language]}</h1>
      <h2>{t('lesson.goals')}</h2>
      <ul>
        {goals.map((goal) => (
          <li key={goal.id}>{goal.show[language]}</li>
        ))}
      </ul>
    </>
  )
}
