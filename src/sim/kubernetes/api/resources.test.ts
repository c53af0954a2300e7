import { describe, expect, test } from 'vitest'
import { ResourceRegistry, resourceOfDefinition } from './resources.ts'
import type { AnyObject } from './types.ts'

const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      { name: 'v1beta1', served: true, storage: false },
      { name: 'v1', served: true, storage: true, subresources: { status: {} } },
    ],
  },
} as unknown as AnyObject

describe('what a user types', () => {
  const registry = new ResourceRegistry(() => [widgets])
  test.each([
    ['po', 'pods'],
    ['Pod', 'pods'],
    ['pods', 'pods'],
    ['deploy', 'deployments.apps'],
    ['deployments.apps', 'deployments.apps'],
    ['deployment.v1.apps', 'deployments.apps'],
    ['ing', 'ingresses.networking.k8s.io'],
    ['ingresses.networking.k8s.io', 'ingresses.networking.k8s.io'],
    ['hpa.v1.autoscaling', 'horizontalpodautoscalers.autoscaling'],
    ['ev', 'events'],
    ['events.events.k8s.io', 'events.events.k8s.io'],
    ['svc', 'services'],
    ['wd', 'widgets.example.com'],
    ['widget', 'widgets.example.com'],
    ['widgets.v1beta1.example.com', 'widgets.example.com'],
    ['nonsense', undefined],
  ])('%s means %s', (typed, key) => {
    expect(registry.find(typed)?.key).toBe(key)
  })

  test('an ambiguous short name has several meanings', () => {
    expect(registry.matches('ev').map(({ key }) => key)).toEqual(['events', 'events.events.k8s.io'])
  })

  test('kinds are found in every version that is served', () => {
    expect(registry.byKind('autoscaling/v1', 'HorizontalPodAutoscaler')?.version).toBe('v2')
    expect(registry.byKind('example.com/v1beta1', 'Widget')?.version).toBe('v1')
    expect(registry.byKind('v1', 'Deployment')).toBeUndefined()
  })

  test('the category all', () => {
    expect(registry.inCategory('all').map(({ key }) => key)).toEqual([
      'pods',
      'replicationcontrollers',
      'services',
      'daemonsets.apps',
      'deployments.apps',
      'replicasets.apps',
      'statefulsets.apps',
      'horizontalpodautoscalers.autoscaling',
      'cronjobs.batch',
      'jobs.batch',
      'widgets.example.com',
    ])
  })

  test('a definition without a served version serves nothing', () => {
    const spec = { ...(widgets['spec'] as object), versions: [{ name: 'v1', served: false, storage: true }] }
    expect(resourceOfDefinition({ ...widgets, spec })).toBeUndefined()
  })
})
