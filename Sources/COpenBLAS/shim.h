#include <cblas.h>
#include <stdint.h>

// OpenBLAS exports the Fortran LAPACK symbols; lapacke.h is a package of its own. The few that are needed:
void dpotrf_(const char *uplo, const int32_t *n, double *a, const int32_t *lda, int32_t *info);
void dpbtrf_(const char *uplo, const int32_t *n, const int32_t *kd, double *ab, const int32_t *ldab, int32_t *info);
void dpbtrs_(const char *uplo, const int32_t *n, const int32_t *kd, const int32_t *nrhs, const double *ab, const int32_t *ldab,
             double *b, const int32_t *ldb, int32_t *info);
void dgbtrf_(const int32_t *m, const int32_t *n, const int32_t *kl, const int32_t *ku, double *ab, const int32_t *ldab, int32_t *ipiv,
             int32_t *info);
void dgbtrs_(const char *trans, const int32_t *n, const int32_t *kl, const int32_t *ku, const int32_t *nrhs, const double *ab,
             const int32_t *ldab, const int32_t *ipiv, double *b, const int32_t *ldb, int32_t *info);
// Complex numbers are pairs of doubles.
void zgbtrf_(const int32_t *m, const int32_t *n, const int32_t *kl, const int32_t *ku, double *ab, const int32_t *ldab, int32_t *ipiv,
             int32_t *info);
void zgbtrs_(const char *trans, const int32_t *n, const int32_t *kl, const int32_t *ku, const int32_t *nrhs, const double *ab,
             const int32_t *ldab, const int32_t *ipiv, double *b, const int32_t *ldb, int32_t *info);
void dgesv_(const int32_t *n, const int32_t *nrhs, double *a, const int32_t *lda, int32_t *ipiv, double *b, const int32_t *ldb,
            int32_t *info);
void dgesvd_(const char *jobu, const char *jobvt, const int32_t *m, const int32_t *n, double *a, const int32_t *lda, double *s,
             double *u, const int32_t *ldu, double *vt, const int32_t *ldvt, double *work, const int32_t *lwork, int32_t *info);
void dsyev_(const char *jobz, const char *uplo, const int32_t *n, double *a, const int32_t *lda, double *w, double *work,
            const int32_t *lwork, int32_t *info);

// Square roots that set no errno: the compiler turns loops over them into vector instructions, unlike loops over the C library's.
static inline float eddy_sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
static inline double eddy_sqrt(double x) { return __builtin_elementwise_sqrt(x); }

// Asks for the cache line at `p`, to be read soon, without waiting for it.
static inline void eddy_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

// Tells the processor that the thread waits for a change of memory.
static inline void eddy_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
