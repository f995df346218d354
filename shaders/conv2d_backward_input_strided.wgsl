// Input gradient of a convolution of any stride, by gathering the windows that saw each pixel.
// Formula: dx[b,iy,ix,ci] = Σ over (ky,kx,co) with oy*S = iy+before_y-ky and ox*S = ix+before_x-kx
//          of dy[b,oy,ox,co] * w[ky,kx,ci,co].
// Shapes: dy [n,oh,ow,cout4] vec4, weight [K,K,cin,cout4] vec4, dx [n,h,w,cin4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Template: K kernel side, S stride.
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.h * params.w * params.cin4) {
    return;
  }
  let ci = (index % params.cin4) * 4u;
  let ix = (index / params.cin4) % params.w;
  let iy = (index / (params.cin4 * params.w)) % params.h;
  let b = index / (params.cin4 * params.w * params.h);
  var acc = vec4f(0);
  for (var ky = 0u; ky < ${K}u; ky++) {
    let ty = i32(iy) + params.before_y - i32(ky);
    if (ty < 0 || ty % ${S} != 0 || ty / ${S} >= i32(params.oh)) {
      continue;
    }
    for (var kx = 0u; kx < ${K}u; kx++) {
      let tx = i32(ix) + params.before_x - i32(kx);
      if (tx < 0 || tx % ${S} != 0 || tx / ${S} >= i32(params.ow)) {
        continue;
      }
      let source = ((b * params.oh + u32(ty / ${S})) * params.ow + u32(tx / ${S})) * params.cout4;
      let tap = ((ky * ${K}u + kx) * params.cin + ci) * params.cout4;
      for (var co = 0u; co < params.cout4; co++) {
        let g = dy[source + co];
        acc += vec4f(
          dot(g, weight[tap + co]),
          dot(g, weight[tap + params.cout4 + co]),
          dot(g, weight[tap + 2u * params.cout4 + co]),
          dot(g, weight[tap + 3u * params.cout4 + co]),
        );
      }
    }
  }
  // Channels of the padding would have read the weights of the next tap.
  let valid = vec4u(ci, ci + 1u, ci + 2u, ci + 3u) < vec4u(params.cin);
  dx[index] = select(vec4f(0), acc, valid);
}
