import { quantityValue } from '../../kubernetes/api/quantity.ts'
import { at, type Fields, fields, isSet, items, number, sortedEntries, text, texts } from '../fields.ts'
import { goValue } from '../printers/go-format.ts'
import { writeClaim } from './claims.ts'
import { ANNOTATION_LENGTH_MAX, type DescribeWriter } from './writer.ts'

type Row = readonly [title: string, value: string | number | boolean]

const bool = (value: unknown): boolean => value === true
const rows = (w: DescribeWriter, type: string, all: readonly Row[]): void => {
  w.line(2, 'Type:', type)
  for (const [title, value] of all) w.line(2, title === 'ISCSIInterface' ? title : `${title}:`, String(value))
}

function writeAttributes(w: DescribeWriter, attributes: unknown): void {
  w.write(2, 'VolumeAttributes:\t')
  const entries = sortedEntries(attributes)
  if (entries.length === 0) w.write(0, '<none>\n')
  for (const [index, [key, value]] of entries.entries()) {
    if (index > 0) {
      w.write(2, '')
      w.write(2, '\t')
    }
    const line = `${key}=${value}`
    w.write(2, line.length > ANNOTATION_LENGTH_MAX ? `${line.slice(0, ANNOTATION_LENGTH_MAX)}...\n` : `${line}\n`)
  }
}

/** The sources that Pods and PersistentVolumes can have, by their field. Models describe's print…VolumeSource. */
const SOURCES: readonly (readonly [field: string, write: (w: DescribeWriter, source: Fields, isVolume: boolean) => void])[] = [
  [
    'hostPath',
    (w, s) =>
      rows(w, 'HostPath (bare host directory volume)', [
        ['Path', text(s['path'])],
        ['HostPathType', isSet(s['type']) ? text(s['type']) : '<none>'],
      ]),
  ],
  [
    'emptyDir',
    (w, s) =>
      rows(w, "EmptyDir (a temporary directory that shares a pod's lifetime)", [
        ['Medium', text(s['medium'])],
        ['SizeLimit', quantityValue(text(s['sizeLimit'])) > 0 ? text(s['sizeLimit']) : '<unset>'],
      ]),
  ],
  [
    'gcePersistentDisk',
    (w, s) =>
      rows(w, 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)', [
        ['PDName', text(s['pdName'])],
        ['FSType', text(s['fsType'])],
        ['Partition', number(s['partition'])],
        ['ReadOnly', bool(s['readOnly'])],
      ]),
  ],
  [
    'awsElasticBlockStore',
    (w, s) =>
      rows(w, 'AWSElasticBlockStore (a Persistent Disk resource in AWS)', [
        ['VolumeID', text(s['volumeID'])],
        ['FSType', text(s['fsType'])],
        ['Partition', number(s['partition'])],
        ['ReadOnly', bool(s['readOnly'])],
      ]),
  ],
  [
    'gitRepo',
    (w, s) =>
      rows(w, 'GitRepo (a volume that is pulled from git when the pod is created)', [
        ['Repository', text(s['repository'])],
        ['Revision', text(s['revision'])],
      ]),
  ],
  [
    'secret',
    (w, s) =>
      rows(w, 'Secret (a volume populated by a Secret)', [
        ['SecretName', text(s['secretName'])],
        ['Optional', bool(s['optional'])],
      ]),
  ],
  [
    'configMap',
    (w, s) =>
      rows(w, 'ConfigMap (a volume populated by a ConfigMap)', [
        ['Name', text(s['name'])],
        ['Optional', bool(s['optional'])],
      ]),
  ],
  [
    'nfs',
    (w, s) =>
      rows(w, 'NFS (an NFS mount that lasts the lifetime of a pod)', [
        ['Server', text(s['server'])],
        ['Path', text(s['path'])],
        ['ReadOnly', bool(s['readOnly'])],
      ]),
  ],
  [
    'iscsi',
    (w, s) =>
      rows(w, "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)", [
        ['TargetPortal', text(s['targetPortal'])],
        ['IQN', text(s['iqn'])],
        ['Lun', number(s['lun'])],
        ['ISCSIInterface', text(s['iscsiInterface'])],
        ['FSType', text(s['fsType'])],
        ['ReadOnly', bool(s['readOnly'])],
        ['Portals', goValue(texts(s['portals']))],
        ['DiscoveryCHAPAuth', bool(s['chapAuthDiscovery'])],
        ['SessionCHAPAuth', bool(s['chapAuthSession'])],
        ['SecretRef', isSet(s['secretRef']) ? goValue(s['secretRef']) : 'nil'],
        ['InitiatorName', text(s['initiatorName']) || '<none>'],
      ]),
  ],
  [
    'persistentVolumeClaim',
    (w, s) =>
      rows(w, 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', [
        ['ClaimName', text(s['claimName'])],
        ['ReadOnly', bool(s['readOnly'])],
      ]),
  ],
  [
    'ephemeral',
    (w, s) => {
      w.line(2, 'Type:', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)')
      if (isSet(s['volumeClaimTemplate'])) writeClaim(w, fields(s['volumeClaimTemplate']), { level: 2, isWhole: false, nowMs: 0 })
    },
  ],
  [
    'downwardAPI',
    (w, s) => {
      w.line(2, 'Type:', 'DownwardAPI (a volume populated by information about the pod)')
      w.line(2, 'Items:')
      for (const item of items(s['items'])) {
        if (isSet(item['fieldRef'])) w.line(3, `${text(at(item, 'fieldRef.fieldPath'))} -> ${text(item['path'])}`)
        if (isSet(item['resourceFieldRef'])) w.line(3, `${text(at(item, 'resourceFieldRef.resource'))} -> ${text(item['path'])}`)
      }
    },
  ],
  [
    'projected',
    (w, s) => {
      w.line(2, 'Type:', 'Projected (a volume that contains injected data from multiple sources)')
      for (const source of items(s['sources'])) {
        if (isSet(source['secret'])) {
          w.line(2, 'SecretName:', text(at(source, 'secret.name')))
          w.line(2, 'Optional:', String(bool(at(source, 'secret.optional'))))
        } else if (isSet(source['downwardAPI'])) w.line(2, 'DownwardAPI:', 'true')
        else if (isSet(source['configMap'])) {
          w.line(2, 'ConfigMapName:', text(at(source, 'configMap.name')))
          w.line(2, 'Optional:', String(bool(at(source, 'configMap.optional'))))
        } else if (isSet(source['serviceAccountToken']))
          w.line(2, 'TokenExpirationSeconds:', number(at(source, 'serviceAccountToken.expirationSeconds')))
      }
    },
  ],
  [
    'local',
    (w, s) => rows(w, 'LocalVolume (a persistent volume backed by local storage on a node)', [['Path', text(s['path'])]]),
  ],
  [
    'csi',
    (w, s, isVolume) => {
      rows(w, 'CSI (a Container Storage Interface (CSI) volume source)', [
        ['Driver', text(s['driver'])],
        ['FSType', text(s['fsType'])],
        ...(isVolume ? [['VolumeHandle', text(s['volumeHandle'])] as const] : []),
        ['ReadOnly', bool(s['readOnly'])],
      ])
      writeAttributes(w, s['volumeAttributes'])
    },
  ],
  [
    'image',
    (w, s) =>
      rows(w, 'Image (a container image or OCI artifact)', [
        ['Reference', text(s['reference'])],
        ['PullPolicy', text(s['pullPolicy'])],
      ]),
  ],
]

/** `isVolume`: of a PersistentVolume rather than a Pod. Simplified: sources of retired in-tree drivers are `<unknown>`. */
export function writeVolumeSource(w: DescribeWriter, holder: Fields, isVolume: boolean): void {
  const source = SOURCES.find(([field]) => isSet(holder[field]))
  if (source) source[1](w, fields(holder[source[0]]), isVolume)
  else w.line(1, '<unknown>')
}

export function writeVolumes(w: DescribeWriter, list: unknown, space = ''): void {
  const volumes = items(list)
  w.write(0, `${space}Volumes:${volumes.length === 0 ? '\t<none>' : ''}\n`)
  for (const volume of volumes) {
    w.line(1, `${space === '' ? '' : ' '}${text(volume['name'])}:`)
    writeVolumeSource(w, volume, false)
  }
}
