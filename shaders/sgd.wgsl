// One step of stochastic gradient descent with momentum, Nesterov's or the plain one, on the chunks of the
// sampled path; none where loss or gradient is not finite.
// Formula: g' = scale * g + 2 * l2 * w; m = momentum * m + g'; w = w - rate * (g' + momentum * m), or
//          w - rate * m where NESTEROV is 0, with l2_other in place of l2 for scales and offsets.
// Shapes: weight, velocity, gradient [block / 4] vec4, chunks [count] (first, length, head, decays) in
//         scalars, multiples of 4, clip: the scale of chunk k at clip_first + clip_stride * k (stride 0: one
//         for all), norm [3]: norm, scale, go.
// Grid: one workgroup of 64 threads a chunk.
// Template: NESTEROV.
// Reference: engine/reference/optimizers.ts (sgdReference)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups);
  if (chunk >= params.count || norm[2] == 0.0) {
    return;
  }
  let first = chunks[chunk].x / 4u;
  let scale = clip[params.clip_first + params.clip_stride * chunk];
  let l2 = select(params.l2_other, params.l2, chunks[chunk].w == 1u);
  for (var k = lane; k < chunks[chunk].y / 4u; k += 64u) {
    let i = first + k;
    let g = scale * gradient[i] + 2.0 * l2 * weight[i];
    let m = params.momentum * velocity[i] + g;
    velocity[i] = m;
    //# if NESTEROV == 1
    weight[i] -= params.rate * (g + params.momentum * m);
    //# end
    //# if NESTEROV == 0
    weight[i] -= params.rate * m;
    //# end
  }
}
