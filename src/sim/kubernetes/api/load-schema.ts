import { ApiSchema } from './schema.ts'

/** The schema is large and not needed to draw the first screen: it is fetched when a world is built. */
export async function loadApiSchema(): Promise<ApiSchema> {
  const { default: compact } = await import('./generated/schema.json')
  return new ApiSchema(compact)
}
