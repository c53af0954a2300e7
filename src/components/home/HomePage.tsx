import { ArrowRight, Check, FlaskConical, Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { cx } from '../../app/class-names.ts'
import { usePreferences } from '../../app/preferences.ts'
import { isHere, lessons, modules, nextLesson, type Module } from './curriculum.ts'
import { MiniCluster } from './MiniCluster.tsx'
import s from './home.module.css'

export default function HomePage({ lessonsFirst = false }: { readonly lessonsFirst?: boolean }) {
  const { t } = useTranslation()
  const language = usePreferences((preferences) => preferences.language)
  const done = usePreferences((preferences) => preferences.lessonsDone)
  const next = nextLesson(done)
  const label = next && t(done.length > 0 ? 'home.continue' : 'home.start', { lesson: next.title[language] })
  return (
    <div className={s.home}>
      {!lessonsFirst && (
        <header className={s.hero}>
          <div>
            <h1>{t('home.headline')}</h1>
            <p>{t('home.lead')}</p>
            <div className={s.calls}>
              {next && (
                <Link href={`/lesson/${next.name}`} className="button primary">
                  <Play size={15} fill="currentColor" aria-hidden="true" />
                  {label}
                </Link>
              )}
              <Link href="/sandbox" className={cx('button', !next && 'primary')}>
                <FlaskConical size={16} aria-hidden="true" />
                {t('home.openSandbox')}
              </Link>
            </div>
            <small>{t('home.privacy')}</small>
          </div>
          <MiniCluster />
        </header>
      )}
      <section aria-labelledby="lessons">
        {lessonsFirst ? (
          <h1 id="lessons" className={s.title}>
            {t('home.lessonsTitle')}
            <Count done={done.length} />
          </h1>
        ) : (
          <h2 id="lessons" className={s.title}>
            {t('home.lessonsTitle')}
            <Count done={done.length} />
          </h2>
        )}
        <ul className={s.modules}>
          {modules.map((module) => (
            <ModuleCard key={module.id} module={module} done={done} next={next?.name} Heading={lessonsFirst ? 'h2' : 'h3'} />
          ))}
        </ul>
      </section>
      <section className={s.tiles}>
        <Tile title={t('home.sandboxTitle')} text={t('home.sandboxText')} href="/sandbox" />
        <Tile title={t('home.compareTitle')} text={t('home.compareText')} href="/compare" />
        <Tile title={t('home.instructorsTitle')} text={t('home.instructorsText')} href="/author" />
      </section>
    </div>
  )
}

function Count({ done }: { readonly done: number }) {
  const { t } = useTranslation()
  return <small>{t('home.lessonsCount', { total: lessons.length, available: lessons.filter(isHere).length, done })}</small>
}

interface ModuleProps {
  readonly module: Module
  readonly done: readonly string[]
  readonly next: string | undefined
  readonly Heading: 'h2' | 'h3'
}

function ModuleCard({ module, done, next, Heading }: ModuleProps) {
  const { t } = useTranslation()
  const language = usePreferences((preferences) => preferences.language)
  const open = module.lessons.some(isHere)
  return (
    <li className={cx(s.module, open && s.open)}>
      <Heading>
        <span>{module.id}</span> {module.title[language]} {!open && <small>{t('home.lessonComing')}</small>}
      </Heading>
      <ol>
        {module.lessons.map((lesson) => {
          const finished = done.includes(lesson.name)
          const title = lesson.title[language]
          return (
            <li key={lesson.id} className={cx(finished && s.done, lesson.name === next && s.next)}>
              <i aria-hidden="true">{finished && <Check size={11} strokeWidth={3} />}</i>
              {isHere(lesson) ? (
                <Link href={`/lesson/${lesson.name}`}>
                  <code>{lesson.id}</code> {title}
                  {finished && <span className="hidden">{t('home.lessonDone')}</span>}
                </Link>
              ) : (
                <span>
                  <code>{lesson.id}</code> {title} {open && <small>{t('home.lessonComing')}</small>}
                </span>
              )}
            </li>
          )
        })}
      </ol>
    </li>
  )
}

const Tile = ({ title, text, href }: { readonly title: string; readonly text: string; readonly href: string }) => {
  const { t } = useTranslation()
  return (
    <article className={s.tile}>
      <h2>{title}</h2>
      <p>{text}</p>
      <Link href={href} aria-label={`${title}: ${t('home.go')}`}>
        {t('home.go')} <ArrowRight size={14} aria-hidden="true" />
      </Link>
    </article>
  )
}
