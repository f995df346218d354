// Moves the averages of batch normalisation towards the statistics of one batch.
// Formula: moving_mean += (1 - decay) * (mean - moving_mean); the same for the variance, made
//          unbiased by rows / (rows - 1) first.
// Shapes: mean, variance, moving_mean, moving_variance [c4] vec4.
// Grid: one thread for each c4; workgroups of 64.
// Reference: engine/moving_statistics.ts (the CPU branch)

@group(0) @binding(0) var<storage, read> mean: array<vec4f>;
@group(0) @binding(1) var<storage, read> variance: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> moving_mean: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> moving_variance: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = flat_group(group, groups) * 64u + lane;
  if (c >= params.c4) {
    return;
  }
  moving_mean[c] += params.rate * (mean[c] - moving_mean[c]);
  moving_variance[c] += params.rate * (variance[c] * params.unbias - moving_variance[c]);
}
