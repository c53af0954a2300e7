import type { Command } from './command.ts'
import { annotate } from './commands/annotate.ts'
import { apply } from './commands/apply.ts'
import { applyEditLastApplied, applySetLastApplied, applyViewLastApplied } from './commands/apply-last-applied.ts'
import { autoscale } from './commands/autoscale.ts'
import { cordon, uncordon } from './commands/cordon.ts'
import { create } from './commands/create.ts'
import { deleteCommand } from './commands/delete.ts'
import { diff } from './commands/diff.ts'
import { drain } from './commands/drain.ts'
import { edit } from './commands/edit.ts'
import { expose } from './commands/expose.ts'
import { label } from './commands/label.ts'
import { patch } from './commands/patch.ts'
import { replace } from './commands/replace.ts'
import { rolloutPause, rolloutRestart, rolloutResume } from './commands/rollout-changes.ts'
import { rolloutUndo } from './commands/rollout-undo.ts'
import { run } from './commands/run.ts'
import { scale } from './commands/scale.ts'
import { setEnv } from './commands/set-env.ts'
import { setImage } from './commands/set-image.ts'
import { setResources } from './commands/set-resources.ts'
import { setSelector } from './commands/set-selector.ts'
import { setServiceAccount } from './commands/set-serviceaccount.ts'
import { setSubject } from './commands/set-subject.ts'
import { taint } from './commands/taint.ts'
import {
  createNamespace,
  createPodDisruptionBudget,
  createPriorityClass,
  createQuota,
  createServiceAccount,
} from './generators/cluster-objects.ts'
import { createConfigMap } from './generators/config-map.ts'
import { createDeployment } from './generators/deployment.ts'
import { createIngress } from './generators/ingress.ts'
import { createCronJob, createJob } from './generators/job.ts'
import { createClusterRole, createClusterRoleBinding, createRole, createRoleBinding } from './generators/roles.ts'
import { createSecret, createDockerRegistrySecret, createGenericSecret, createTlsSecret } from './generators/secret.ts'
import {
  createClusterIPService,
  createExternalNameService,
  createLoadBalancerService,
  createNodePortService,
  createService,
} from './generators/service.ts'
import { createToken } from './generators/token.ts'

/** Verbs that change objects, in the order in which help lists them. */
export const WRITING_COMMANDS: readonly Command[] = [
  create,
  createClusterRole,
  createClusterRoleBinding,
  createConfigMap,
  createCronJob,
  createDeployment,
  createIngress,
  createJob,
  createNamespace,
  createPodDisruptionBudget,
  createPriorityClass,
  createQuota,
  createRole,
  createRoleBinding,
  createSecret,
  createDockerRegistrySecret,
  createGenericSecret,
  createTlsSecret,
  createService,
  createClusterIPService,
  createExternalNameService,
  createLoadBalancerService,
  createNodePortService,
  createServiceAccount,
  createToken,
  expose,
  run,
  setEnv,
  setImage,
  setResources,
  setSelector,
  setServiceAccount,
  setSubject,
  edit,
  deleteCommand,
  rolloutPause,
  rolloutRestart,
  rolloutResume,
  rolloutUndo,
  scale,
  autoscale,
  cordon,
  uncordon,
  drain,
  taint,
  patch,
  replace,
  apply,
  applyEditLastApplied,
  applySetLastApplied,
  applyViewLastApplied,
  diff,
  label,
  annotate,
]
