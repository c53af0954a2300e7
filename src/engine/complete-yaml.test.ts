import { beforeAll, describe, expect, test } from 'vitest'
import { loadFieldWords } from '../sim/kubernetes/api/load-field-words.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { completeYaml, fieldAt } from './complete-yaml.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

/** `|` marks the cursor. */
const labelsAt = (marked: string): readonly string[] => {
  const offset = marked.indexOf('|')
  return completeYaml(marked.replace('|', ''), offset, schema)?.options.map(({ label }) => label) ?? []
}

const head = 'apiVersion: apps/v1\nkind: Deployment\nspec:\n'

describe('completeYaml', () => {
  test.each([
    { name: 'fields of a spec', text: `${head}  re|`, has: 'replicas' },
    { name: 'fields of a Pod template, three levels down', text: `${head}  template:\n    spec:\n      |`, has: 'containers' },
    {
      name: 'fields of a container in a list',
      text: `${head}  template:\n    spec:\n      containers:\n      - name: web\n        im|`,
      has: 'imagePullPolicy',
    },
    {
      name: 'fields of a container right behind its dash',
      text: `${head}  template:\n    spec:\n      containers:\n        - na|`,
      has: 'name',
    },
    {
      name: 'fields of a port in a list in a list',
      text: `${head}  template:\n    spec:\n      containers:\n      - name: web\n        ports:\n        - con|`,
      has: 'containerPort',
    },
    { name: 'values of a field that has few', text: `${head}  template:\n    spec:\n      restartPolicy: |`, has: 'Never' },
    { name: 'kinds of a version', text: 'apiVersion: batch/v1\nkind: |', has: 'CronJob' },
    { name: 'the first words of a document', text: '|', has: 'apiVersion' },
    {
      name: 'the second document by its own kind',
      text: `${head}---\napiVersion: v1\nkind: Service\nspec:\n  |`,
      has: 'clusterIP',
    },
  ])('offers $name', ({ text, has }) => {
    expect(labelsAt(text)).toContain(has)
  })

  test('offers nothing for a kind that is not built in', () => {
    expect(labelsAt('apiVersion: example.com/v1\nkind: Thing\nspec:\n  |')).toEqual([])
  })
})

describe('fieldAt', () => {
  beforeAll(async () => {
    schema.words = await loadFieldWords()
  })

  const helpAt = (marked: string) => {
    const offset = marked.indexOf('|')
    return fieldAt(marked.replace('|', ''), offset, schema)
  }

  test('says what a field in a list does, where it stands and what it may be', () => {
    const text = `${head}  template:\n    spec:\n      containers:\n      - name: web\n        image|PullPolicy: Never\n`
    expect(helpAt(text)).toMatchObject({
      path: 'spec.template.spec.containers.imagePullPolicy',
      type: 'string',
      values: ['Always', 'IfNotPresent', 'Never'],
    })
    expect(helpAt(text)!.words.length).toBeGreaterThan(20)
    expect(text.replace('|', '').slice(helpAt(text)!.from, helpAt(text)!.to)).toBe('imagePullPolicy')
  })

  test.each([
    { name: 'the kind of the document', text: 'apiVersion: v1\nki|nd: Pod\n', path: 'kind' },
    {
      name: 'a field of the second document',
      text: `${head}---\napiVersion: v1\nkind: Service\nspec:\n  clus|terIP: None\n`,
      path: 'spec.clusterIP',
    },
  ])('finds $name', ({ text, path }) => {
    expect(helpAt(text)?.path).toBe(path)
  })

  test.each(['|', '\n|', `${head}  replicas: 3|`, `${head}  no|thing: 3`, 'kind: Thing\napiVersion: example.com/v1\nsp|ec:\n'])(
    'has nothing to say of %j',
    (text) => {
      expect(helpAt(text)).toBeUndefined()
    },
  )
})
