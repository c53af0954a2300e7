import { Component, type ReactNode } from 'react'
import i18next from 'i18next'
import { EmptyState } from './EmptyState.tsx'

interface Props {
  readonly children: ReactNode
}

interface State {
  readonly error: Error | undefined
}

/** A failure of one part of the page is said there, and leaves the rest alone. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <EmptyState title={i18next.t('app.crashed')} hint={`${i18next.t('app.crashedHint')} (${error.message})`}>
        <button type="button" className="button" onClick={() => this.setState({ error: undefined })}>
          {i18next.t('app.again')}
        </button>
      </EmptyState>
    )
  }
}
