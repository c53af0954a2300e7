import { parseTime } from '../../kernel/time.ts'
import { finishedCondition, type Job } from './job-types.ts'
import { objectKey, splitKey } from './object-key.ts'
import { type Controller, DONE, retry } from './runtime/controller.ts'

const JOBS = 'jobs.batch'

/** Deletes finished Jobs when their time is up, their pods first. Models pkg/controller/ttlafterfinished (v1.35). */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  workers: 5,
  watches: {
    [JOBS]: ({ type, object }, { enqueue }) => {
      const job = object as unknown as Job
      if (type !== 'DELETED' && job.spec.ttlSecondsAfterFinished !== undefined && finishedCondition(job))
        enqueue(objectKey(object))
    },
  },
  reconcile({ api, unixMs }, key) {
    const [namespace, name] = splitKey(key)
    const current = api.get(JOBS, namespace, name)
    if (!current.ok) return current.status.code === 404 ? DONE : retry(current.status.message)
    const job = current.value as unknown as Job
    const finished = parseTime(finishedCondition(job)?.lastTransitionTime)
    const ttl = job.spec.ttlSecondsAfterFinished
    if (finished === undefined || ttl === undefined || job.metadata.deletionTimestamp) return DONE
    const left = finished + ttl * 1000 - unixMs
    if (left > 0) return { againMs: left }
    const { uid = '', resourceVersion = '' } = job.metadata
    const deleted = api.delete(JOBS, namespace, name, {
      propagationPolicy: 'Foreground',
      preconditions: { uid, resourceVersion },
    })
    return deleted.ok || deleted.status.code === 404 ? DONE : retry(deleted.status.message)
  },
}
