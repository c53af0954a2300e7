import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Route, Router, Switch, useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Boundary } from '../components/shell/Boundary.tsx'
import { EmptyState } from '../components/shell/EmptyState.tsx'
import { NavRail } from '../components/shell/NavRail.tsx'
import { Toasts } from '../components/shell/Toasts.tsx'
import { useShortcuts } from './shortcuts.ts'
import { useView } from './view-store.ts'
import s from './app.module.css'

const HomePage = lazy(() => import('../components/home/HomePage.tsx'))
const SandboxPage = lazy(() => import('../components/pages/SandboxPage.tsx'))
const LessonPage = lazy(() => import('../components/pages/LessonPage.tsx'))
const ComparePage = lazy(() => import('../components/pages/ComparePage.tsx'))
const AuthorPage = lazy(() => import('../components/pages/AuthorPage.tsx'))
const LinkPage = lazy(() => import('../components/pages/LinkPage.tsx'))
const HelpDialog = lazy(() => import('../components/shell/HelpDialog.tsx'))
const ShareDialog = lazy(() => import('../components/share/ShareDialog.tsx'))

const LINK = '/v1.'

/** The places of the page, by the address's hash; `#v1.<payload>` opens a recording. */
export function App() {
  return (
    // The router takes its hook as a value.
    // oxlint-disable-next-line react/hooks
    <Router hook={useHashLocation}>
      <Shell />
    </Router>
  )
}

function Shell() {
  const { t } = useTranslation()
  const [path] = useLocation()
  const helpOpen = useView((view) => view.helpOpen)
  const shareOpen = useView((view) => view.shareOpen)
  useShortcuts()
  useEffect(() => {
    document.getElementById('page')?.scrollTo(0, 0)
    // Another place starts at its top.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [path])
  return (
    <div className={s.app}>
      <a
        className={s.skip}
        href="#page"
        onClick={(event) => {
          // The hash is the address of the place: focus moves without touching it.
          event.preventDefault()
          document.getElementById('page')?.focus()
        }}
      >
        {t('app.skip')}
      </a>
      <NavRail />
      <main id="page" className={s.page} tabIndex={-1}>
        <Boundary key={path}>
          <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
            {path.startsWith(LINK) ? <LinkPage payload={path.slice(LINK.length)} /> : <Places />}
          </Suspense>
        </Boundary>
      </main>
      <Toasts />
      <Suspense fallback={null}>
        {helpOpen && <HelpDialog />}
        {shareOpen && <ShareDialog />}
      </Suspense>
    </div>
  )
}

function Places() {
  const { t } = useTranslation()
  return (
    <Switch>
      <Route path="/">
        <HomePage />
      </Route>
      <Route path="/lesson">
        <HomePage lessonsFirst />
      </Route>
      <Route path="/lesson/:name">{({ name }) => <LessonPage name={name} />}</Route>
      <Route path="/sandbox">
        <SandboxPage />
      </Route>
      <Route path="/compare">
        <ComparePage />
      </Route>
      <Route path="/author">
        <AuthorPage />
      </Route>
      <Route>
        <EmptyState title={t('app.notFound')} hint={t('app.notFoundHint')}>
          <Link href="/" className="button">
            {t('app.goHome')}
          </Link>
        </EmptyState>
      </Route>
    </Switch>
  )
}
