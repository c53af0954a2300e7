/** What the node's sensors say, where that is not worked out from what runs on it. */
export interface NodeStats {
  readonly memoryCapacity?: number
  readonly memoryWorkingSet?: number
  readonly fsCapacity?: number
  readonly fsAvailable?: number
  readonly inodes?: number
  readonly inodesFree?: number
  readonly bootID?: string
}
