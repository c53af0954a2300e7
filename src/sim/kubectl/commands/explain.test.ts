import { beforeAll, describe, expect, test } from 'vitest'
import { kubectlCommand } from '../../../cli/kubectl.ts'
