import { oneOf } from './common.ts'
import { validateNoBacktracks } from './container.ts'
import type { FieldErrors } from './field-errors.ts'

/** The two volume sources that Pods and PersistentVolumes share. Models pkg/apis/core/validation/validation.go (v1.35). */

interface Source {
  readonly path?: string
  readonly type?: string
  readonly server?: string
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export function validateHostPath({ path: hostPath, type }: Source, path: string, errors: FieldErrors): void {
  if (!hostPath) errors.required(`${path}.path`)
  else {
    validateNoBacktracks(hostPath, `${path}.path`, errors)
    oneOf(type, HOST_PATH_TYPES, `${path}.type`, errors)
  }
}

export function validateNfs({ server, path: exported }: Source, path: string, errors: FieldErrors): void {
  if (!server) errors.required(`${path}.server`)
  if (!exported) errors.required(`${path}.path`)
  else if (!exported.startsWith('/')) errors.invalid(`${path}.path`, exported, 'must be an absolute path')
}
