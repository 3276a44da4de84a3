/** libvips for pictures, one thread for each picture of the pool, and no cache of pictures that never come again. */
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

export { sharp };
