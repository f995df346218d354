// Tables of weights that the other kernels of the factorised reduction read: both 1x1 weights in the
// channels of the output, as they are and transposed. Half 0 is that of the even pixels.
// Formula: plain[s,ci,c] = even[ci,c] for s = 0 and c < ca, odd[ci,c-ca] for s = 1 and ca <= c < ca+cb,
//          else 0; transposed[s,c,ci] = plain[s,ci,c].
// Shapes: even [cin,pitch_a] scalars, odd [cin,pitch_b] scalars, tables vec4: plain [2,4*cin4,c4], then
//         transposed [2,4*c4,cin4].
// Grid: one thread for each vec4 of tables; workgroups of 64.
// Reference: engine/reference/factorized_reduction.ts

fn plain(s: u32, ci: u32, c: u32) -> f32 {
  if (ci >= params.cin) {
    return 0.0;
  }
  if (s == 0u) {
    return select(0.0, even[ci * params.pitch_a + min(c, params.ca - 1u)], c < params.ca);
  }
  let own = c - min(c, params.ca);
  return select(
    0.0,
    odd[ci * params.pitch_b + min(own, params.cb - 1u)],
    c >= params.ca && own < params.cb,
  );
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let half = 8u * params.cin4 * params.c4;
  if (index >= 2u * half) {
    return;
  }
  var value = vec4f(0);
  if (index < half) {
    let c = (index % params.c4) * 4u;
    let row = index / params.c4;
    for (var j = 0u; j < 4u; j++) {
      value[j] = plain(row / (4u * params.cin4), row % (4u * params.cin4), c + j);
    }
  } else {
    let ci = (index % params.cin4) * 4u;
    let row = (index - half) / params.cin4;
    for (var j = 0u; j < 4u; j++) {
      value[j] = plain(row / (4u * params.c4), ci + j, row % (4u * params.c4));
    }
  }
  tables[index] = value;
}
