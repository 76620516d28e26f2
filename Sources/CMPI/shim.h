// MPI's handles and constants are macros of types that differ between implementations: functions of plain C types stand for them here.
#include <mpi.h>
#include <stddef.h>

#define EDDY_MPI static inline __attribute__((always_inline))

/// A message on its way.
typedef struct { MPI_Request request; } eddy_mpi_message;

/// Joins the processes that were started together; messages are sent by the calling thread only. Nonzero if that failed.
EDDY_MPI int eddy_mpi_start(void) {
    int provided = 0;
    return MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS || provided < MPI_THREAD_FUNNELED;
}

EDDY_MPI int eddy_mpi_is_running(void) {
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    return started && !ended;
}

EDDY_MPI void eddy_mpi_end(void) { MPI_Finalize(); }

EDDY_MPI int eddy_mpi_rank(void) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

EDDY_MPI int eddy_mpi_size(void) {
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

EDDY_MPI void eddy_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

// Errors of these calls end the job with a message of the MPI library (MPI_ERRORS_ARE_FATAL, the default).

EDDY_MPI eddy_mpi_message eddy_mpi_send(const void *bytes, int count, int rank) {
    eddy_mpi_message message;
    MPI_Isend(bytes, count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, &message.request);
    return message;
}

EDDY_MPI eddy_mpi_message eddy_mpi_receive(void *bytes, int count, int rank) {
    eddy_mpi_message message;
    MPI_Irecv(bytes, count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, &message.request);
    return message;
}

EDDY_MPI eddy_mpi_message eddy_mpi_broadcast(void *bytes, int count, int root) {
    eddy_mpi_message message;
    MPI_Ibcast(bytes, count, MPI_BYTE, root, MPI_COMM_WORLD, &message.request);
    return message;
}

/// Whether the message has arrived (or its buffer may be used again); nonzero once.
EDDY_MPI int eddy_mpi_is_done(eddy_mpi_message *message) {
    int done = 0;
    MPI_Test(&message->request, &done, MPI_STATUS_IGNORE);
    return done;
}
