import { describe, expect, test } from 'vitest'
import type { Step } from '../command.ts'
import { resumeKubectl, startKubectl } from '../kubectl.ts'
import { QuietWorld } from '../testing/api-cases.ts'

/** Starts a line and goes on with it by hand; state passes through text, as a snapshot would take it. */
class Line {
  readonly world = QuietWorld.named('small')
  step: Step
  stdout: string
  stderr: string

  constructor(line: string, before: readonly (readonly string[])[] = []) {
    for (const words of before) this.world.run(words)
    this.step = startKubectl(line.split(' '), this.world.environment())
    this.stdout = this.step.stdout
    this.stderr = this.step.stderr
  }

  get waitsMs(): number | undefined {
    return 'again' in this.step ? this.step.again.afterMs : undefined
  }

  get exit(): number | undefined {
    return 'exit' in this.step ? this.step.exit : undefined
  }

  #resume(state: unknown, edited?: string): void {
    this.step = resumeKubectl(JSON.parse(JSON.stringify(state)), this.world.environment(), edited)
    this.stdout += this.step.stdout
    this.stderr += this.step.stderr
  }

  goOn(): void {
    if (!('again' in this.step)) throw new Error('the line does not wait')
    this.world.kernel.advanceTo(this.world.kernel.now + this.step.again.afterMs)
    this.#resume(this.step.again.state)
  }

  get shown(): string {
    return 'editor' in this.step ? this.step.editor.text : ''
  }

  save(edited: string): void {
    if (!('editor' in this.step)) throw new Error('no editor is open')
    this.#resume(this.step.editor.state, edited)
  }
}

const remove = (name: string): readonly string[] => ['delete', 'pod', name, '--force', '--wait=false']

describe('drain', () => {
  test('a refused eviction is tried again after five seconds, and the end of a Pod is looked for every second', () => {
    const line = new Line('drain node-1 --ignore-daemonsets --pod-selector=app=web')
    expect(line.waitsMs).toBe(5000)
    expect(line.stderr).toContain('(will retry after 5s): Cannot evict pod as it would violate the pod')
    line.world.run(['delete', 'pdb', 'web'])
    line.goOn()
    expect(line.waitsMs).toBe(1000)
    line.goOn()
    expect(line.exit).toBeUndefined()
    line.world.run(remove('web-75d6f7b9c8-abcde'))
    line.goOn()
    expect(line.exit).toBe(0)
    expect(line.stdout).toBe(
      'node/node-1 cordoned\nevicting pod default/web-75d6f7b9c8-abcde\nevicting pod default/web-75d6f7b9c8-abcde\npod/web-75d6f7b9c8-abcde evicted\nnode/node-1 drained\n',
    )
  })

  test('a Pod that does not end in time fails its node, and the next node is drained', () => {
    const line = new Line('drain node-1 node-3 --force --ignore-daemonsets --pod-selector=app!=scratch --timeout=3s', [
      ['delete', 'pdb', 'web'],
    ])
    while (line.exit === undefined) line.goOn()
    expect(line.exit).toBe(1)
    expect(line.stderr).toContain(
      'error: unable to drain node "node-1" due to error: error when waiting for pod "web-75d6f7b9c8-abcde" in namespace "default" to terminate: context deadline exceeded, continuing command...\n',
    )
    expect(line.stderr).toContain('There are pending nodes to be drained:\n node-1\n')
  })
})

describe('delete', () => {
  test('waits until the object is gone', () => {
    const line = new Line('delete pod solo')
    expect(line.waitsMs).toBe(1000)
    line.goOn()
    line.world.run(remove('solo'))
    line.goOn()
    expect(line.exit).toBe(0)
  })

  test('a new object of the same name is another one', () => {
    const line = new Line('delete pod held')
    line.world.run(['patch', 'pod', 'held', '-p', '{"metadata":{"finalizers":null}}'])
    line.world.run(['run', 'held', '--image=a'])
    line.goOn()
    expect(line.exit).toBe(0)
  })
})

describe('scale --timeout', () => {
  test('says so when the Pods are there, and gives up when they are not', () => {
    const line = new Line('scale deploy web --replicas=2 --timeout=2s')
    expect(line.stdout).toBe('')
    line.goOn()
    line.world.run([
      'patch',
      'deploy',
      'web',
      '--subresource=status',
      '-p',
      '{"status":{"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}}',
    ])
    line.goOn()
    expect({ exit: line.exit, stdout: line.stdout }).toEqual({ exit: 0, stdout: 'deployment.apps/web scaled\n' })
    const late = new Line('scale deploy web --replicas=9 --timeout=2s')
    while (late.exit === undefined) late.goOn()
    expect(late.exit).toBe(1)
  })
})

describe('edit', () => {
  test('what is saved is sent', () => {
    const line = new Line('edit cm cfg')
    line.save(line.shown.replace('b: "2"', 'b: "3"'))
    expect({ exit: line.exit, stdout: line.stdout }).toEqual({ exit: 0, stdout: 'configmap/cfg edited\n' })
    expect(line.world.run(['get', 'cm', 'cfg', '-o', 'jsonpath={.data.b}']).stdout).toBe('3')
  })

  test('a refused change opens the editor again with the reasons', () => {
    const line = new Line('edit deploy web')
    line.save(line.shown.replace('replicas: 3', 'replicas: -3'))
    expect(line.stderr).toBe('error: deployments.apps "web" is invalid\n')
    expect(line.shown).toContain(
      '# deployments.apps "web" was not valid:\n# * spec.replicas: Invalid value: -3: must be greater than or equal to 0\n#\n',
    )
    line.save(line.shown.replace('replicas: -3', 'replicas: 4'))
    expect(line.stdout).toBe('deployment.apps/web edited\n')
  })

  test.each([
    { name: 'nothing changed', edit: (text: string) => text, exit: 0, stderr: 'Edit cancelled, no changes made.\n' },
    { name: 'an empty file', edit: () => '# nothing\n', exit: 0, stderr: 'Edit cancelled, saved file was empty.\n' },
    {
      name: 'another name',
      edit: (text: string) => text.replace('  name: cfg', '  name: other'),
      exit: 1,
      stderr:
        'A copy of your changes has been stored to "/tmp/kubectl-edit-cfg.yaml"\nerror: At least one of apiVersion, kind and name was changed\n',
    },
  ])('$name', ({ edit, exit, stderr }) => {
    const line = new Line('edit cm cfg')
    line.save(edit(line.shown))
    expect({ exit: line.exit, stderr: line.stderr }).toEqual({ exit, stderr })
  })

  test('an object that went away meanwhile', () => {
    const line = new Line('edit cm cfg')
    line.world.run(['delete', 'cm', 'cfg'])
    line.save(line.shown.replace('b: "2"', 'b: "3"'))
    expect(line.exit).toBe(1)
    expect(line.stderr).toContain('error: configmaps "cfg" could not be found on the server\n')
  })
})

describe('diff', () => {
  const manifest = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cfg}\ndata: {a: "${value}"}\n`

  test('shows what would change and exits with 1, changes nothing', () => {
    const world = QuietWorld.named('small')
    const { revision } = world.server.store
    const { exit, stdout } = world.run(['diff', '-f', '-'], manifest('7'))
    expect(exit).toBe(1)
    expect(stdout).toContain(' data:\n-  a: "1"\n+  a: "7"\n   b: "2"\n')
    expect(world.server.store.revision).toBe(revision)
  })

  test('is silent after apply; a wrong line exits with 2', () => {
    const world = QuietWorld.named('small')
    world.run(['apply', '-f', '-'], manifest('7'))
    expect(world.run(['diff', '-f', '-'], manifest('7'))).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect(world.run(['diff']).exit).toBe(2)
  })
})
