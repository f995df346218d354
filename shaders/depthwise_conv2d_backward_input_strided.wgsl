// Input gradient of a depthwise convolution of any stride, by gathering the windows that saw each
// pixel.
// Formula: dx[b,iy,ix,c] = Σ over (ky,kx) with oy*S = iy+before_y-ky and ox*S = ix+before_x-kx
//          of dy[b,oy,ox,c] * w[ky,kx,c].
// Shapes: dy [n,oh,ow,c4] vec4, weight [K,K,c4] vec4, dx [n,h,w,c4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Template: K kernel side, S stride.
// Reference: engine/reference/depthwise_conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.h * params.w * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ix = (index / params.c4) % params.w;
  let iy = (index / (params.c4 * params.w)) % params.h;
  let b = index / (params.c4 * params.w * params.h);
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
      let source = (b * params.oh + u32(ty / ${S})) * params.ow + u32(tx / ${S});
      acc += dy[source * params.c4 + c] * weight[(ky * ${K}u + kx) * params.c4 + c];
    }
  }
  dx[index] = acc;
}
