/** What a trainer may see of its worker's environment: where programs and libraries are, and which cards. */
const PLAIN = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'VIRTUAL_ENV',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
]);
const FAMILIES = /^(LC_|PYTHON|CONDA_|CUDA_|NVIDIA_|NCCL_|ROCM_|HIP_|OMP_|MKL_)/;

/**
 * The environment of a trainer: that of its worker without what may be a secret.
 * @param names further variables that the configuration lets through
 */
export function trainerEnvironment(
  env: NodeJS.ProcessEnv,
  names: readonly string[] = [],
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PLAIN.has(entry[0]) || FAMILIES.test(entry[0]) || names.includes(entry[0])),
  );
  return Object.fromEntries(passed);
}
