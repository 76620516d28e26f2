// What the compiler knows an instruction for and Swift has no name for.
#pragma once

// Square roots that set no errno: the compiler turns loops over them into vector instructions, unlike loops over the C library's.
static inline float eddy_sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
static inline double eddy_sqrt(double x) { return __builtin_elementwise_sqrt(x); }

// Asks for the cache line at `p`, to be read or to be written soon, without waiting for it.
static inline void eddy_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
static inline void eddy_prefetch_to_write(const void *p) { __builtin_prefetch(p, 1, 2); }

// Tells the processor that the thread waits for a change of memory.
static inline void eddy_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Arithmetic of vectors, which Swift imports as its SIMD types. The operators of Swift's SIMD types are loops over lanes; the compiler
// puts them together again, but at times in quarters of a register. `fused` is `a + b c`, rounded once.
#define EDDY_VECTOR_ARITHMETIC(NAME, SCALAR, LANES)                                                                              \
    typedef SCALAR eddy_##NAME __attribute__((ext_vector_type(LANES)));                                                          \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_sum(eddy_##NAME a, eddy_##NAME b) { return a + b; }   \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_difference(eddy_##NAME a, eddy_##NAME b) {            \
        return a - b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_product(eddy_##NAME a, eddy_##NAME b) {               \
        return a * b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_quotient(eddy_##NAME a, eddy_##NAME b) {              \
        return a / b;                                                                                                            \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_fused(                                                \
        eddy_##NAME a, eddy_##NAME b, eddy_##NAME c) {                                                                           \
        return __builtin_elementwise_fma(b, c, a);                                                                               \
    }

// Choices lane by lane: `y` where `b` is larger than `a`, or a NaN that `a` is not, and `y` where `a` equals `b`, otherwise `x`.
#define EDDY_VECTOR_CHOICE(NAME, MASK, LANES)                                                                                    \
    typedef MASK eddy_##NAME##_mask __attribute__((ext_vector_type(LANES)));                                                     \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_choose(                                               \
        eddy_##NAME##_mask mask, eddy_##NAME x, eddy_##NAME y) {                                                                 \
        return (eddy_##NAME)(((eddy_##NAME##_mask)y & mask) | ((eddy_##NAME##_mask)x & ~mask));                                  \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_larger(                                               \
        eddy_##NAME a, eddy_##NAME b, eddy_##NAME x, eddy_##NAME y) {                                                            \
        return eddy_##NAME##_choose((b > a) | ((b != b) & (a == a)), x, y);                                                      \
    }                                                                                                                            \
    static inline __attribute__((always_inline)) eddy_##NAME eddy_##NAME##_equal(                                                \
        eddy_##NAME a, eddy_##NAME b, eddy_##NAME x, eddy_##NAME y) {                                                            \
        return eddy_##NAME##_choose(a == b, x, y);                                                                               \
    }

EDDY_VECTOR_ARITHMETIC(floatx2, float, 2)
EDDY_VECTOR_ARITHMETIC(floatx4, float, 4)
EDDY_VECTOR_ARITHMETIC(floatx8, float, 8)
EDDY_VECTOR_ARITHMETIC(floatx16, float, 16)
EDDY_VECTOR_ARITHMETIC(doublex8, double, 8)

EDDY_VECTOR_CHOICE(floatx8, int, 8)
EDDY_VECTOR_CHOICE(floatx16, int, 16)
