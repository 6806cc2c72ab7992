// 128-bit integers for exact products of 64-bit ones: no floating point reaches a decision.
#pragma once

namespace lockstep {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UnsignedWide;

}  // namespace lockstep
