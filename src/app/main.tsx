import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './App.tsx'
import { engine } from './engine-client.ts'
import { startI18n } from './i18n.ts'
import { applyPreferences } from './preferences.ts'

applyPreferences()
// The engine comes while the page is made, beside it.
engine()
void startI18n().then(() => {
  const root = document.getElementById('root')
  if (root)
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    )
  return undefined
})
