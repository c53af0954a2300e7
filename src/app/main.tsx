import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './App.tsx'
import { startI18n } from './i18n.ts'
import { applyPreferences } from './preferences.ts'

applyPreferences()
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
