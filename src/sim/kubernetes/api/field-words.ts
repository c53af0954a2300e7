/** Go type → field, or '' for the type itself → its words in English and in Korean. */
export type FieldWordTable = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

const LANGUAGES = ['en', 'ko'] as const
export type FieldLanguage = (typeof LANGUAGES)[number]

/** What the fields of the API do, in our own words. */
export class FieldWords {
  readonly #table: FieldWordTable
  language: FieldLanguage = 'en'

  constructor(table: FieldWordTable) {
    this.#table = table
  }

  ofType({ goType }: { readonly goType: string }): string | undefined {
    return this.#find(goType, '')
  }

  ofField({ goType }: { readonly goType: string }, { name }: { readonly name: string }): string | undefined {
    return this.#find(goType, name) ?? (name === 'apiVersion' || name === 'kind' ? this.#find('v1.TypeMeta', name) : undefined)
  }

  #find(goType: string, field: string): string | undefined {
    const fields = Object.hasOwn(this.#table, goType) ? this.#table[goType]! : {}
    return Object.hasOwn(fields, field) ? fields[field]![LANGUAGES.indexOf(this.language)] : undefined
  }
}
