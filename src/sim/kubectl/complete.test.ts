import { describe, expect, test } from 'vitest'
import { complete } from './complete.ts'
import { environment, loadCases, loadWorld } from './testing/golden.ts'

const env = environment(loadWorld('healthy-shop'), loadCases('healthy-shop').now)
const texts = (line: string): readonly string[] => complete(line, line.length, env).map(({ text }) => text)

describe('Tab completes', () => {
  test.each([
    { name: 'the word kubectl', line: 'kub', want: ['kubectl'] },
    { name: 'a verb', line: 'kubectl des', want: ['describe'] },
    { name: 'a verb without the word kubectl', line: 'desc', want: ['describe'] },
    { name: 'a subcommand', line: 'kubectl rollout st', want: ['status'] },
    { name: 'a kind', line: 'kubectl get statef', want: ['statefulsets'] },
    { name: 'a field to be explained', line: 'kubectl explain pods.spec.containers.readinessP', want: ['pods.spec.containers.readinessProbe'] },
    { name: 'the name of an object in the namespace given', line: 'kubectl get sts -n shop d', want: ['db'] },
    { name: 'a name in TYPE/NAME form', line: 'kubectl -n shop describe sts/', want: ['sts/db'] },
    { name: 'a namespace', line: 'kubectl get pods -n sh', want: ['shop'] },
    { name: 'a namespace after an equals sign', line: 'kubectl get pods --namespace=sh', want: ['--namespace=shop'] },
    { name: 'a flag', line: 'kubectl get pods --show-l', want: ['--show-labels'] },
    { name: 'an output format', line: 'kubectl get pods -o wi', want: ['wide'] },
    { name: 'a field to sort by', line: 'kubectl get nodes --sort-by=.metadata.n', want: ['--sort-by=.metadata.name'] },
    { name: 'a container', line: 'kubectl logs -n shop db-0 -c ', want: ['postgres'] },
    { name: 'a context', line: 'kubectl config use-context ', want: ['lab'] },
    { name: 'nothing after a pipe', line: 'kubectl get pods | gr', want: [] },
  ])('$name', ({ line, want }) => {
    expect(texts(line)).toEqual(want)
  })

  test('from where the word begins, quotes included', () => {
    const line = "kubectl get pods -n 'sh"
    expect(complete(line, line.length, env)).toMatchObject([{ text: 'shop', from: 20 }])
  })
})
