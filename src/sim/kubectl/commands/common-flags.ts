import type { FlagSpec } from '../flags.ts'
import { outputFormats } from '../output.ts'

export const selectorFlag: FlagSpec = {
  name: 'selector',
  shorthand: 'l',
  type: 'string',
  meaning: 'label',
  summary: 'Label query: a=b, a!=b, a in (b,c), a, !a',
}
export const fieldSelectorFlag: FlagSpec = { name: 'field-selector', type: 'string', summary: 'Field query: a=b, a!=b' }
export const allNamespacesFlag: FlagSpec = { name: 'all-namespaces', shorthand: 'A', type: 'bool', summary: 'In all namespaces' }
export const chunkSizeFlag: FlagSpec = {
  name: 'chunk-size',
  type: 'int64',
  default: '500',
  summary: 'Size of the chunks in which lists are read',
}
export const managedFieldsFlag: FlagSpec = {
  name: 'show-managed-fields',
  type: 'bool',
  summary: 'Keep managedFields in JSON and YAML',
}
export const templateFlags: readonly FlagSpec[] = [
  { name: 'template', type: 'string', summary: 'Template for -o go-template' },
  { name: 'allow-missing-template-keys', type: 'bool', default: 'true', summary: 'Ignore missing fields in templates' },
]
export const filenameFlags: readonly FlagSpec[] = [
  {
    name: 'filename',
    shorthand: 'f',
    type: 'stringSlice',
    meaning: 'file',
    summary: 'File with manifests, or - for standard input',
  },
  { name: 'kustomize', shorthand: 'k', type: 'string', summary: 'Folder of a kustomization' },
  { name: 'recursive', shorthand: 'R', type: 'bool', summary: 'Folders within folders too' },
]

export const outputFlag = (forGet: boolean): FlagSpec => ({
  name: 'output',
  shorthand: 'o',
  type: 'string',
  meaning: 'output',
  values: outputFormats(forGet),
  summary: `Output format: ${outputFormats(forGet).join(', ')}`,
})
/** `-o` and what goes with it, for commands that print objects. */
export const printFlags: readonly FlagSpec[] = [outputFlag(false), ...templateFlags, managedFieldsFlag]
