import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IntOrString, PodDisruptionBudget } from '../api/types.ts'
import { disruptionsAllowed, goLabelSelector, neededPods } from './disruption-budget.ts'

const budget = (spec: { minAvailable?: IntOrString; maxUnavailable?: IntOrString }): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'pdb' },
  spec,
})

describe('what a budget needs', () => {
  test.each([
    { name: 'a number counts the pods there are', spec: { minAvailable: 2 }, pods: 4, scale: 3, want: [4, 2] },
    { name: 'half of three is two', spec: { minAvailable: '50%' }, pods: 3, scale: 3, want: [3, 2] },
    { name: 'half of one may go: one', spec: { maxUnavailable: '50%' }, pods: 1, scale: 1, want: [1, 0] },
    { name: 'more may be missing than there are', spec: { maxUnavailable: 5 }, pods: 3, scale: 3, want: [3, 0] },
    { name: 'none may be missing', spec: { maxUnavailable: 0 }, pods: 3, scale: 3, want: [3, 3] },
  ])('$name', ({ spec, pods, scale, want }) => {
    const { expectedPods, desiredHealthy } = neededPods(budget(spec), pods, scale)
    expect([expectedPods, desiredHealthy]).toEqual(want)
  })

  test('never lets more go than leaves the needed ones, and none while no pods are expected', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (healthy, expectedPods, desiredHealthy) => {
        const allowed = disruptionsAllowed(healthy, { expectedPods, desiredHealthy })
        expect(allowed).toBeGreaterThanOrEqual(0)
        expect(allowed === 0 || healthy - allowed >= desiredHealthy).toBe(true)
        expect(expectedPods > 0 || allowed === 0).toBe(true)
      }),
    )
  })

  test('a selector is printed as Go prints it', () => {
    expect(goLabelSelector({ matchLabels: { tier: 'x', app: 'web' } })).toBe(
      '&LabelSelector{MatchLabels:map[string]string{app: web,tier: x,},MatchExpressions:[]LabelSelectorRequirement{},}',
    )
  })
})
