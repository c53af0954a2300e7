import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './locales/en.ts'
import { ko } from './locales/ko.ts'
import { panelsEn } from './locales/panels-en.ts'
import { panelsKo } from './locales/panels-ko.ts'
import { usePreferences } from './preferences.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en; panels: typeof panelsEn }
  }
}

/** Both languages are complete and bundled, so a switch is instant. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en, panels: panelsEn }, ko: { translation: ko, panels: panelsKo } },
    lng: usePreferences.getState().language,
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  usePreferences.subscribe(({ language }) => {
    if (language !== i18next.language) void i18next.changeLanguage(language)
  })
}
