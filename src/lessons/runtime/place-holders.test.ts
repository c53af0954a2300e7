import { describe, expect, test } from 'vitest'
import { fillPlaceHolders } from './place-holders.ts'

const pods = [
  { namespace: 'default', name: 'web-b', labels: { app: 'web' } },
  { namespace: 'default', name: 'web-a', labels: { app: 'web', tier: 'x' } },
]

describe('fillPlaceHolders', () => {
  test.each([
    { name: 'the first Pod by name', line: 'kubectl delete pod {pod app=web}', want: 'kubectl delete pod web-a' },
    { name: 'a Pod by two labels', line: 'kubectl logs {pod app=web,tier=x}', want: 'kubectl logs web-a' },
    { name: 'a line without place-holders as it is', line: 'kubectl get pods', want: 'kubectl get pods' },
    { name: 'nothing when no Pod fits', line: 'kubectl delete pod {pod app=db}', want: undefined },
  ])('gives $name', ({ line, want }) => {
    expect(fillPlaceHolders(line, pods)).toBe(want)
  })
})
