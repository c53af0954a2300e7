import {
  BookOpen,
  CircleHelp,
  Columns2,
  FlaskConical,
  House,
  Languages,
  Monitor,
  Moon,
  PencilLine,
  Sun,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { cx } from '../../app/class-names.ts'
import { languageChosen, themeChosen, usePreferences, type Theme } from '../../app/preferences.ts'
import { helpToggled } from '../../app/view-store.ts'
import s from './nav-rail.module.css'

type Place = 'home' | 'lessons' | 'sandbox' | 'compare' | 'author'

const places: readonly { readonly place: Place; readonly path: string; readonly Icon: LucideIcon }[] = [
  { place: 'home', path: '/', Icon: House },
  { place: 'lessons', path: '/lesson', Icon: BookOpen },
  { place: 'sandbox', path: '/sandbox', Icon: FlaskConical },
  { place: 'compare', path: '/compare', Icon: Columns2 },
  { place: 'author', path: '/author', Icon: PencilLine },
]

const themes: Readonly<
  Record<
    Theme,
    { readonly next: Theme; readonly Icon: LucideIcon; readonly label: 'app.themeSystem' | 'app.themeLight' | 'app.themeDark' }
  >
> = {
  system: { next: 'light', Icon: Monitor, label: 'app.themeSystem' },
  light: { next: 'dark', Icon: Sun, label: 'app.themeLight' },
  dark: { next: 'system', Icon: Moon, label: 'app.themeDark' },
}

export function NavRail() {
  const { t } = useTranslation()
  const [path] = useLocation()
  const language = usePreferences((preferences) => preferences.language)
  const theme = usePreferences((preferences) => preferences.theme)
  const { next, Icon: ThemeIcon, label } = themes[theme]
  return (
    <nav className={s.rail} aria-label={t('app.nav')}>
      {places.map(({ place, path: to, Icon }) => {
        const here = to === '/' ? path === '/' : path.startsWith(to)
        return (
          <Link
            key={place}
            href={to}
            className={cx(s.place, here && s.here)}
            aria-current={here ? 'page' : undefined}
            title={t(`app.${place}`)}
          >
            <Icon size={20} strokeWidth={1.8} aria-hidden="true" />
            <span>{t(`app.${place}`)}</span>
          </Link>
        )
      })}
      <i className={s.space} />
      <button
        type="button"
        className={s.place}
        title={t('app.languageLabel')}
        lang={language === 'ko' ? 'en' : 'ko'}
        onClick={() => languageChosen(language === 'ko' ? 'en' : 'ko')}
      >
        <Languages size={19} strokeWidth={1.8} aria-hidden="true" />
        <span>{t('app.language')}</span>
      </button>
      <button type="button" className={s.place} aria-label={t(label)} title={t(label)} onClick={() => themeChosen(next)}>
        <ThemeIcon size={19} strokeWidth={1.8} aria-hidden="true" />
      </button>
      <button
        type="button"
        className={s.place}
        aria-label={t('app.help')}
        title={`${t('app.help')} (?)`}
        onClick={() => helpToggled(true)}
      >
        <CircleHelp size={19} strokeWidth={1.8} aria-hidden="true" />
      </button>
    </nav>
  )
}
