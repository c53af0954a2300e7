import { describe, expect, test } from 'vitest'
import { imageName, ImageRegistry } from './image-registry.ts'

describe('image names', () => {
  test.each([
    { image: 'nginx', full: 'docker.io/library/nginx:latest' },
    { image: 'nginx:1.27', full: 'docker.io/library/nginx:1.27' },
    { image: 'bitnami/redis:7', full: 'docker.io/bitnami/redis:7' },
    { image: 'localhost:5000/app', full: 'localhost:5000/app:latest' },
    { image: 'registry.k8s.io/pause:3.10', full: 'registry.k8s.io/pause:3.10' },
    { image: 'busybox:1.38@sha256:abc', full: 'docker.io/library/busybox@sha256:abc' },
  ])('$image is $full', ({ image, full }) => {
    expect(imageName(image).full).toBe(full)
  })
})

describe('registry', () => {
  const description = {
    podNamespace: 'default',
    podName: 'p',
    podAnnotations: {},
    podLabels: {},
    container: 'c',
    command: [],
    ports: [8080],
  }

  test('an unknown image can be pulled and serves its container ports', () => {
    const registry = new ImageRegistry()
    expect(registry.image('acme/shop:v1').error).toBeUndefined()
    expect(registry.workload({ ...description, image: 'acme/shop:v1' }).listens).toEqual({ ports: [8080], afterMs: 300 })
  })

  test.each(['nginx:bad', 'nginx:does-not-exist', 'acme/shop:missing'])('%s is not found', (image) => {
    expect(new ImageRegistry().image(image)).toMatchObject({
      code: 'NotFound',
      error: expect.stringContaining('not found') as unknown,
    })
  })

  test('a registry that is down answers nobody, and comes back', () => {
    const registry = new ImageRegistry()
    registry.setDown('docker.io', true)
    expect(registry.image('nginx:1.27').error).toContain('i/o timeout')
    expect(registry.image('gcr.io/a/b:1').error).toBeUndefined()
    registry.setDown('docker.io', false)
    expect(registry.image('nginx:1.27').error).toBeUndefined()
  })

  test('a shell without a terminal ends at once, a server does not', () => {
    const registry = new ImageRegistry()
    expect(registry.workload({ ...description, image: 'busybox' }).runs).toEqual([{ exitAfterMs: 20, exitCode: 0 }])
    expect(registry.workload({ ...description, image: 'redis:alpine' }).listens?.ports).toContain(6379)
  })
})
